// Package resource is the commands about resources, and their documents as files.
package resource
