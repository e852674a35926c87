"""What `import reranklab as rl` offers. The top room beside the app and the command line: nothing below knows it."""
