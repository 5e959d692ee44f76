"""The demo sign-ins that `make run` prints. `load_demo` makes the people."""

SIGN_INS = [
    ("secretary@kip.example", "the secretary, whose desk is at /admin/"),
    ("chair@kip.example", "chair of the board"),
    ("board2@kip.example", "vice chair of the board; board3@ … board8@ are members of it"),
    ("applicant@kip.example", "applies for membership"),
    ("member@kip.example", "contact of a member company"),
]
