"""Language models that are asked for an order, here or at a chat endpoint."""
