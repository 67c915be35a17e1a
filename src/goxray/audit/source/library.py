"""Result types of library functions that rules ask about: what the source of a caller does not say by itself."""

from __future__ import annotations

_GM = "github.com/emmansun/gmsm"
_OLD_GM = "github.com/tjfoc/gmsm"

RESULTS: dict[str, tuple[str, ...]] = {
    "crypto/aes.NewCipher": ("crypto/cipher.Block", "error"),
    "crypto/cipher.NewCBCDecrypter": ("crypto/cipher.BlockMode",),
    "crypto/cipher.NewCBCEncrypter": ("crypto/cipher.BlockMode",),
    "crypto/cipher.NewCTR": ("crypto/cipher.Stream",),
    "crypto/cipher.NewGCM": ("crypto/cipher.AEAD", "error"),
    "crypto/des.NewCipher": ("crypto/cipher.Block", "error"),
    "crypto/des.NewTripleDESCipher": ("crypto/cipher.Block", "error"),
    "crypto/hmac.New": ("hash.Hash",),
    "crypto/md5.New": ("hash.Hash",),
    "crypto/sha1.New": ("hash.Hash",),
    "crypto/sha256.New": ("hash.Hash",),
    "crypto/sha512.New": ("hash.Hash",),
    "database/sql.Open": ("*database/sql.DB", "error"),
    "database/sql.OpenDB": ("*database/sql.DB",),
    "encoding/json.NewDecoder": ("*encoding/json.Decoder",),
    "encoding/json.NewEncoder": ("*encoding/json.Encoder",),
    "errors.New": ("error",),
    "fmt.Errorf": ("error",),
    "fmt.Sprint": ("string",),
    "fmt.Sprintf": ("string",),
    "fmt.Sprintln": ("string",),
    "log.Default": ("*log.Logger",),
    "log.New": ("*log.Logger",),
    "log/slog.Default": ("*log/slog.Logger",),
    "log/slog.New": ("*log/slog.Logger",),
    "log/slog.With": ("*log/slog.Logger",),
    "math/rand.New": ("*math/rand.Rand",),
    "math/rand/v2.New": ("*math/rand/v2.Rand",),
    "net.Dial": ("net.Conn", "error"),
    "net.DialTimeout": ("net.Conn", "error"),
    "net.Listen": ("net.Listener", "error"),
    "net/http.Get": ("*net/http.Response", "error"),
    "net/http.NewRequest": ("*net/http.Request", "error"),
    "net/http.NewRequestWithContext": ("*net/http.Request", "error"),
    "net/http.NewServeMux": ("*net/http.ServeMux",),
    "net/http.Post": ("*net/http.Response", "error"),
    "os.Create": ("*os.File", "error"),
    "os.Getenv": ("string",),
    "os.Open": ("*os.File", "error"),
    "os.OpenFile": ("*os.File", "error"),
    "os.ReadFile": ("[]byte", "error"),
    "strings.Join": ("string",),
    "strings.ToLower": ("string",),
    "strings.TrimSpace": ("string",),
    "time.Now": ("time.Time",),
    f"{_GM}/sm3.New": ("hash.Hash",),
    f"{_GM}/sm4.NewCipher": ("crypto/cipher.Block", "error"),
    f"{_OLD_GM}/sm3.New": ("hash.Hash",),
    f"{_OLD_GM}/sm4.NewCipher": ("crypto/cipher.Block", "error"),
}
"""Types by qualified function; methods of these types are then known by name."""

BUILTINS = frozenset(
    (
        "append",
        "cap",
        "clear",
        "close",
        "complex",
        "copy",
        "delete",
        "imag",
        "len",
        "make",
        "max",
        "min",
        "new",
        "panic",
    )
    + ("print", "println", "real", "recover")
)
BASIC = frozenset(
    ("any", "bool", "byte", "comparable", "complex64", "complex128", "error", "float32", "float64", "int", "int8")
    + ("int16", "int32", "int64", "rune", "string", "uint", "uint8", "uint16", "uint32", "uint64", "uintptr")
)
