"""What lies below Python: loops over whole numbers as machine code, where it is kept, and the memory of a process."""
