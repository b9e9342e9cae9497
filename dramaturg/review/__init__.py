"""What a person says of a dataset who reads it: corrections, how they find their place again, what they tell of all."""
