// Answers the questions of tests/other_implementations.rs with npm sm-crypto: a line in, a line out,
// everything in hexadecimal, "-" for nothing.
const {sm2, sm3, sm4} = require('sm-crypto')

const bytes = text => [...Buffer.from(text === '-' ? '' : text, 'hex')]
const options = {der: true, hash: true}

const answers = {
  sm3: data => sm3(bytes(data)),
  hmac: (key, data) => sm3(bytes(data), {key: bytes(key)}),
  sm4: (key, iv, data) => sm4.encrypt(bytes(data), key, {mode: 'cbc', iv}),
  sign: (secret, point, data) => sm2.doSignature(bytes(data), secret, options),
  verify: (point, data, signature) => String(sm2.doVerifySignature(bytes(data), signature, point, options)),
  encrypt: (point, data) => sm2.doEncrypt(bytes(data), point, 1),
  decrypt: (secret, point, cipher) =>
    Buffer.from(sm2.doDecrypt(cipher, secret, 1, {output: 'array'})).toString('hex') || '-',
}

const lines = require('fs').readFileSync(0, 'utf8').split('\n').filter(line => line)
for (const line of lines) {
  const [question, ...rest] = line.split(' ')
  console.log(answers[question](...rest))
}
