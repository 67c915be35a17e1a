// Calls what does not exist.
package main

func main() { lab(map[string]func(){"main": noSuchFunction}) }
