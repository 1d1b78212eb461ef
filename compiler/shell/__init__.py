"""What a shell runs: the command line, its options and help, signals and limits of the process."""
