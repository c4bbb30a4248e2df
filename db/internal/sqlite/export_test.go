package sqlite

// GrowthOf is growth for the tests from outside.
var GrowthOf = (*File).growth
