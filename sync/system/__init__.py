"""What is the machine's: files by handles and as a whole, this process, names and versions of programs."""
