"""What a model is trained on: lists of a query and its documents, labelled by people or by a teacher, checked for leaks."""
