"""Every reference between the parts of a campaign: each code that one part names must exist in the other.

A check yields `(location, sentence)`; the location is the path into the file, so that the loader can name the line.
All of them run, so that one reading shows everything.
"""

from __future__ import annotations

from shared.kernel.campaign.checks import bodies, rules
from shared.kernel.campaign.checks.common import Check, Finding
from shared.kernel.campaign.definition import Campaign

CHECKS: tuple[Check, ...] = (
    rules.the_zone_is_known,
    rules.phases_lie_inside_the_period,
    rules.codes_are_unique,
    bodies.bodies_do_not_share_a_code,
    bodies.each_place_word_names_one_unit,
    bodies.every_unit_has_one_group,
    bodies.seats_name_known_people,
    bodies.people_fit_their_units_and_roles,
    bodies.every_unit_is_staffed,
    rules.rules_name_known_rules,
    rules.accountability_is_complete,
    rules.verifiers_and_commitments_are_known,
    rules.every_clock_of_the_office_has_an_owner,
    rules.measures_are_known,
    rules.outcomes_name_known_measures,
    rules.measures_say_what_they_need,
    rules.letters_find_their_office_and_reader,
    rules.triage_names_known_codes,
    rules.triage_lists_do_not_contradict,
    rules.the_product_finds_what_it_asks_for,
)


def reference_faults(campaign: Campaign) -> list[Finding]:
    """Everything that does not fit together, in the order of the checks."""
    return [finding for check in CHECKS for finding in check(campaign)]
