"""`madang feed try`: what a night would say of files under a contract, without a home and without keeping anything."""
