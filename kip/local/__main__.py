import sys

from kip.local.launcher import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
