"""What goes wrong outside of the program: damaged files, hostile input, broken servers, full disks. Each fault ends in one
clear sentence, and nothing that worked is lost."""
