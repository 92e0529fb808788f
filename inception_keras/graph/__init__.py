"""What is read off a built graph, or made of one."""
