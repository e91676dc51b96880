"""Live status for programs: server-sent events, held by an event loop and fed by one reader of the database."""
