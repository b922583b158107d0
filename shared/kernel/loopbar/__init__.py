"""The signature picture: the loop bar, in words (`words`) and drawn (`drawing`)."""

from shared.kernel.loopbar.drawing import loop_svg as loop_svg
from shared.kernel.loopbar.words import STEP_NAMES as STEP_NAMES
from shared.kernel.loopbar.words import Stage as Stage
from shared.kernel.loopbar.words import Step as Step
from shared.kernel.loopbar.words import is_late as is_late
from shared.kernel.loopbar.words import stage_at as stage_at
from shared.kernel.loopbar.words import steps_in_words as steps_in_words
