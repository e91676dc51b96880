"""The shell's way to a site: ``bounty``. Modules load what takes long, HTTP and numbers, when a command needs it."""
