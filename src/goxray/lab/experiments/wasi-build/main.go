// A program for wasip1. With the tag printed it is the article's sample, without it makes an outgoing connection with
// the package net, on which net/http stands.
package main

func main() { work() }
