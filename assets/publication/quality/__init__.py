"""What the gates found, in short, as tables that the open file has, too: made of the ledger's when somebody asks."""
