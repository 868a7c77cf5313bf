"""What can be downloaded, described as other programs read it: DCAT-AP, CSVW, ODPS, Atom, sitemap."""
