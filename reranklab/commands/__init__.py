"""One command of the command line a module: NAME, HELP, add_arguments and run."""
