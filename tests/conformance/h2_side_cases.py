"""The cases of h2_side_by_side.py, in their rooms."""
import h2_side_messages
import h2_side_rules
import h2_side_trouble
from h2_side_case import CASES

ROOMS = (h2_side_messages, h2_side_rules, h2_side_trouble)
__all__ = ["CASES"]
