"""How well `madang feed new` proposes: the truth about real folders, and what of a proposal agrees with it."""
