"""What the replies of each protocol look like: envelope, paging, errors. One file for each protocol, with `reply`."""
