"""How long rankers take on this device, and the law that it follows."""
