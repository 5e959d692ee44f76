"""The demo sign-ins that `make run` prints. The people are made by `load_demo`."""

SIGN_INS = [
    ("secretary@kip.example", "the secretary; the desk is at /admin/"),
    ("chair@kip.example", "chairs the board"),
    ("vicechair@kip.example", "vice chair"),
    ("board2@kip.example", "member of the board (board3@ … as well)"),
    ("applicant@kip.example", "has applied for membership"),
    ("member@kip.example", "primary contact of a member company"),
]
