"""Git: repositories are cloned into a quarantine and read there, by a git that runs nothing of theirs."""
