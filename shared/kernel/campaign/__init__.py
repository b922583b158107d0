"""What one campaign is: its units, people, rules, words and calendar, read from a file and never from code.

Decides how a campaign file is read and refused, how working days are counted and how a due date explains itself.
A service loads the file once at start (`load`), keeps the frozen `Campaign` and asks it by name; a name that the file
does not know raises `UnknownCode` with the allowed ones. Nothing here reads a clock, and nothing here
knows a database, a broker or a service.
"""

from shared.kernel.campaign.definition import Campaign
from shared.kernel.campaign.errors import CampaignError, UnknownCode
from shared.kernel.campaign.loading import load

__all__ = ["Campaign", "CampaignError", "UnknownCode", "load"]
