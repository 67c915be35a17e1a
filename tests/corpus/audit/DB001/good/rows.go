package store

import (
	"database/sql/driver"

	"gorm.io/gorm"
)

type sealed string

func (s sealed) Value() (driver.Value, error) { return encrypt(string(s)) }

func (s *sealed) Scan(src any) error { return nil }

func encrypt(text string) (driver.Value, error) { return text, nil }

// The type encrypts.
type member struct {
	ID    int64  `db:"id"`
	Phone sealed `db:"phone"`
}

// A request is no row.
type request struct {
	Phone string `json:"phone"`
	Email string `json:"email" validate:"email"`
}

// The field is not stored.
type account struct {
	gorm.Model
	Phone string `gorm:"-"`
}

// A serializer of gorm encrypts.
type patient struct {
	IDCard string `gorm:"column:id_card;serializer:sm4"`
}

// What is stored is a token or ciphertext.
type payer struct {
	PhoneHash      string `db:"phone_hash"`
	EncryptedEmail []byte `db:"email"`
}

// A hook encrypts before each save.
type guest struct {
	gorm.Model
	Mobile string
}

func (g *guest) BeforeSave(tx *gorm.DB) error { return nil }

// Facts about the data.
type flags struct {
	EmailVerified bool   `db:"email_verified"`
	PhoneCount    int    `db:"phone_count"`
	EmailTemplate string `db:"email_template"`
}

// No personal data.
type product struct {
	Name string `db:"name"`
	Card string `db:"card"`
}

// A number of a foreign key, no text.
type link struct {
	EmailID int64 `db:"email_id"`
	Phone   int64 `db:"phone"`
}

// Not tagged, not a model.
type plain struct {
	RealName string
	Birthday string
}
