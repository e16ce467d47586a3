"""One module for each resource type: pure functions from what an audience may know to the resource that says it."""
