"""From records to the formats that others open."""
