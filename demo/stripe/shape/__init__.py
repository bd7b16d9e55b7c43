"""The API as the SDK describes it: which routes exist, what they take, what the objects look like."""
