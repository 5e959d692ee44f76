"""KIP on one machine, with nothing else installed: what stands behind `make run`.

    __main__.py      the commands: run, dev, manage, clean
    folder.py        the folder `.local`: where what is, secrets, the lock, where the servers live
    environment.py   the environment variables that kip/settings.py reads
    servers.py       a private PostgreSQL and a private Valkey (the tests use them too)
    processes.py     the command lines of web, worker and beat
    launcher.py      the order of a start and of a stop, and the supervisor between them
    demo.py          the demo sign-ins that are printed
    management/      `prepare` (migrate, static files, demo data), `catalogues`, `reloading_worker`

Nothing outside this package and the tests imports it, and production does without it.
"""
