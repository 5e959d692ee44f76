"""The demo sign-ins that `make run` prints. `load_demo` makes the people."""

SIGN_INS = [
    ("secretary@kip.example", "the secretary, whose desk is at /admin/"),
    ("chair@kip.example", "chair of the board"),
    ("board2@kip.example", "vice chair of the board; members: board3@ … board8@, deputies: 9, 10"),
    ("applicant@kip.example", "applies for membership"),
    ("member@kip.example", "contact of a member company"),
]
