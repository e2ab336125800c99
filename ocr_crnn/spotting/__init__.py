"""One network that finds texts and reads them, with the codec that ties it to characters."""
