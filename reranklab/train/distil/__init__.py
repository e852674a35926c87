"""Students of a teacher: smaller rankers that learn its scores from queries and passages without judgements."""
