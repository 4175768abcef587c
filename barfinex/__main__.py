"""`python -m barfinex`."""

from barfinex.cli import main

if __name__ == "__main__":
    main()
