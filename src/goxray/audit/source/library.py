"""Result types of library functions that rules ask about: what the source of a caller does not say by itself."""

from __future__ import annotations

_GM = "github.com/emmansun/gmsm"
_OLD_GM = "github.com/tjfoc/gmsm"

_ZAP, _LOGRUS, _ZERO = "go.uber.org/zap", "github.com/sirupsen/logrus", "github.com/rs/zerolog"
_ZERO_EVENT = (f"*{_ZERO}.Event",)
_LOGGERS: dict[str, tuple[str, ...]] = {
    **{f"{_ZAP}.{name}": (f"*{_ZAP}.Logger", "error") for name in ("New", "NewProduction", "NewDevelopment", "L")},
    f"{_ZAP}.S": (f"*{_ZAP}.SugaredLogger",),
    f"({_ZAP}.Logger).Sugar": (f"*{_ZAP}.SugaredLogger",),
    f"({_ZAP}.Logger).With": (f"*{_ZAP}.Logger",),
    f"({_ZAP}.SugaredLogger).With": (f"*{_ZAP}.SugaredLogger",),
    f"{_LOGRUS}.New": (f"*{_LOGRUS}.Logger",),
    **{
        f"{holder}.{name}": (f"*{_LOGRUS}.Entry",)
        for holder in (_LOGRUS, f"({_LOGRUS}.Logger)", f"({_LOGRUS}.Entry)")
        for name in ("WithField", "WithFields", "WithError", "WithContext")
    },
    **{
        f"{holder}.{name}": _ZERO_EVENT
        for holder in (f"{_ZERO}/log", f"({_ZERO}.Logger)")
        for name in ("Trace", "Debug", "Info", "Warn", "Error", "Fatal", "Panic", "Log")
    },
    **{f"({_ZERO}.Event).{name}": _ZERO_EVENT for name in ("Str", "Int", "Bool", "Err", "Time", "Any", "Interface")},
    "(log/slog.Logger).With": ("*log/slog.Logger",),
    "(log/slog.Logger).WithGroup": ("*log/slog.Logger",),
}

RESULTS: dict[str, tuple[str, ...]] = {
    **_LOGGERS,
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
    "github.com/gin-gonic/gin.Default": ("*github.com/gin-gonic/gin.Engine",),
    "github.com/gin-gonic/gin.New": ("*github.com/gin-gonic/gin.Engine",),
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

CONSTANTS: dict[str, int] = {
    "crypto/aes.BlockSize": 16,
    "crypto/tls.VersionSSL30": 0x0300,
    "crypto/tls.VersionTLS10": 0x0301,
    "crypto/tls.VersionTLS11": 0x0302,
    "crypto/tls.VersionTLS12": 0x0303,
    "crypto/tls.VersionTLS13": 0x0304,
    "time.Nanosecond": 1,
    "time.Microsecond": 10**3,
    "time.Millisecond": 10**6,
    "time.Second": 10**9,
    "time.Minute": 60 * 10**9,
    "time.Hour": 3600 * 10**9,
}
"""Constants of the library that rules compare: package documentation of crypto/aes, crypto/tls and time."""

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
