package blind

type sealed struct{ text []byte }

// The type seals itself.
type account struct {
	ID    int64  `db:"id"`
	Phone sealed `db:"phone"`
}

// What a form brings is no row.
type form struct {
	Phone string `json:"phone" form:"phone"`
}

// Not stored.
type partial struct {
	ID    int64  `db:"id"`
	Email string `db:"-"`
}

// Words about the data, not the data.
type setting struct {
	ID            int64  `db:"id"`
	EmailTemplate string `db:"email_template"`
	PhoneVerified bool   `db:"phone_verified"`
}
