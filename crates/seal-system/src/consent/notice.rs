//! What a signer is told after an action that did not decide anything.

/// One line above the form. It travels as a word in the address, so that reloading the page repeats nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Notice {
    /// A code is on its way.
    Sent,
    /// A code was asked for less than a minute ago.
    TooSoon,
    /// The telephone has had all its codes of the day.
    TooMany,
    /// The provider did not take the message.
    NotDelivered,
    /// The code typed in is not the one that was sent.
    WrongCode,
    /// There is no code that could be typed in: too late, or too many wrong ones.
    DeadCode,
}

impl Notice {
    const ALL: [Self; 6] =
        [Self::Sent, Self::TooSoon, Self::TooMany, Self::NotDelivered, Self::WrongCode, Self::DeadCode];

    /// The word in the address.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::TooSoon => "too-soon",
            Self::TooMany => "too-many",
            Self::NotDelivered => "not-delivered",
            Self::WrongCode => "wrong-code",
            Self::DeadCode => "dead-code",
        }
    }

    /// Reads the word.
    pub(crate) fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|notice| notice.word() == word)
    }

    /// Whether it is good news.
    pub(crate) fn is_good(self) -> bool {
        self == Self::Sent
    }

    /// In Chinese.
    pub(crate) fn zh(self) -> &'static str {
        match self {
            Self::Sent => "验证码已发送。",
            Self::TooSoon => "验证码刚刚发送过，请一分钟后再试。",
            Self::TooMany => "该手机号今日验证码次数已用完，请明日再试。",
            Self::NotDelivered => "验证码未能送达，请一分钟后重新获取。",
            Self::WrongCode => "验证码不正确，请核对后重新输入。",
            Self::DeadCode => "验证码已失效，请重新获取。",
        }
    }

    /// In English.
    pub(crate) fn en(self) -> &'static str {
        match self {
            Self::Sent => "The code was sent.",
            Self::TooSoon => "A code was sent just now. Please wait a minute.",
            Self::TooMany => "This telephone has had all its codes for today.",
            Self::NotDelivered => "The code could not be delivered. Please ask again in a minute.",
            Self::WrongCode => "This is not the code. Please look again.",
            Self::DeadCode => "The code is no longer valid. Please ask for a new one.",
        }
    }
}
