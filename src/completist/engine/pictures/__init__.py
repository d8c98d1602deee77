"""Pictures: gathering what is offered for an item, looking at it, and keeping the best."""
