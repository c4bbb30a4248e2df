package sqlite

// GrowthOf is growth for the tests from outside.
var GrowthOf = (*File).growth

// Unmap has the marks of a file read by its descriptor from now on, as where mapping is refused.
func Unmap(f *File) { f.index = &index{descriptor: f.index.descriptor} }

// NetworkName is networkName for the tests from outside.
var NetworkName = networkName
