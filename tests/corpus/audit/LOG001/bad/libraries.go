package member

import (
	"github.com/rs/zerolog/log"
	"github.com/sirupsen/logrus"
	"go.uber.org/zap"
)

type person struct {
	realName string
	birthday string
}

func zapped(logger *zap.Logger, p person) {
	logger.Info("opened", zap.String("name", p.realName)) // want
}

func sugared(email string) {
	zap.S().Infow("opened", "who", email) // want
}

func entry(p person) {
	logrus.WithField("born", p.birthday).Info("opened") // want
}

func event(passport string) {
	log.Info().Str("document", passport).Msg("seen") // want
}

func fields(phone string) {
	logrus.WithFields(logrus.Fields{"step": 1, "who": phone}).Info("opened") // want
}
