"""Market data of real exchanges on its way in: supervised, repaired where it can be, and told where not."""
