"""`python -m copyfind` is `copyfind`."""

from copyfind.cli.app import main

if __name__ == "__main__":
    main()
