"""Everything that runs Bihuan: commands, the embedded supervisor, servers' configurations. Services never import it."""
