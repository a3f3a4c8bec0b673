"""supervised: a server's command in, one running instance shared by many processes out."""
