"""`python -m bot` is the same as the console command `gazette`."""

from bot.cli.main import main

if __name__ == "__main__":
    main()
