"""Every act with mailings, by room:

`drafts`    a mailing until it goes: its words, its attachments, who gets it
`sending`   from the pressed button to the last letter: now or at a time, stopped, swept
"""

from kip.mailings.services.drafts import (
    begin_mailing,
    change_mailing,
    discard_mailing,
    language_of,
    leave_out,
    read_list_again,
    sample_reader,
    send_test,
    take_in,
)
from kip.mailings.services.sending import (
    asks_twice,
    follow,
    prepare,
    send,
    stop_mailing,
    sweep,
    take_back,
)

__all__ = [
    "asks_twice",
    "begin_mailing",
    "change_mailing",
    "discard_mailing",
    "follow",
    "language_of",
    "leave_out",
    "prepare",
    "read_list_again",
    "sample_reader",
    "send",
    "send_test",
    "stop_mailing",
    "sweep",
    "take_back",
    "take_in",
]
