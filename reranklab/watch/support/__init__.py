"""Whether the sentences of an answer are supported by the chunks that it was written from."""
