package blind

import "os"

// Names of things that are called keys.
var renames = map[string]string{"encryptionKey": "encryptionKey1024", "privateKey": "privateKey768"}

// A name table of modes.
var names = map[int]string{encodeUserPassword: "encodeUserPassword"}

const encodeUserPassword = 3

// Names of an environment's variables and headers.
const apiKeyHeader, passwordEnv = "X-Api-Key-2", "APP_PASSWORD_1"

// From the environment.
var secretKey = os.Getenv("SECRET_KEY")

// A text for people.
const password = "Please enter your new password:"
