import type { KnownAnswer } from '../known-answer.ts';

/** AES-GCM (NIST GCM). Octets in hexadecimal. */
export const nistGcm: readonly KnownAnswer[] = [
  {
    kind: 'encryption',
    id: 'nist-gcm/case-1',
    source:
      'The Galois/Counter Mode of Operation (McGrew, Viega), submitted to NIST for SP 800-38D, test case 1',
    algorithm: 'A128GCM',
    key: { kty: 'oct', k: 'AAAAAAAAAAAAAAAAAAAAAA' },
    plaintext: '',
    ciphertext: '',
    iv: '000000000000000000000000',
    tag: '58e2fccefa7e3061367f1d57a4e7455a',
    aad: '',
    reproducible: false,
  },
  {
    kind: 'encryption',
    id: 'nist-gcm/case-2',
    source:
      'The Galois/Counter Mode of Operation (McGrew, Viega), submitted to NIST for SP 800-38D, test case 2',
    algorithm: 'A128GCM',
    key: { kty: 'oct', k: 'AAAAAAAAAAAAAAAAAAAAAA' },
    plaintext: '00000000000000000000000000000000',
    ciphertext: '0388dace60b6a392f328c2b971b2fe78',
    iv: '000000000000000000000000',
    tag: 'ab6e47d42cec13bdf53a67b21257bddf',
    aad: '',
    reproducible: false,
  },
  {
    kind: 'encryption',
    id: 'nist-gcm/case-3',
    source:
      'The Galois/Counter Mode of Operation (McGrew, Viega), submitted to NIST for SP 800-38D, test case 3',
    algorithm: 'A128GCM',
    key: { kty: 'oct', k: '_v_pkoZlcxxtao-UZzCDCA' },
    plaintext:
      'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255',
    ciphertext:
      '42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091473f5985',
    iv: 'cafebabefacedbaddecaf888',
    tag: '4d5c2af327cd64a62cf35abd2ba6fab4',
    aad: '',
    reproducible: false,
  },
  {
    kind: 'encryption',
    id: 'nist-gcm/case-4',
    source:
      'The Galois/Counter Mode of Operation (McGrew, Viega), submitted to NIST for SP 800-38D, test case 4',
    algorithm: 'A128GCM',
    key: { kty: 'oct', k: '_v_pkoZlcxxtao-UZzCDCA' },
    plaintext:
      'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39',
    ciphertext:
      '42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091',
    iv: 'cafebabefacedbaddecaf888',
    tag: '5bc94fbc3221a5db94fae95ae7121a47',
    aad: 'feedfacedeadbeeffeedfacedeadbeefabaddad2',
    reproducible: false,
  },
  {
    kind: 'encryption',
    id: 'nist-gcm/case-9',
    source:
      'The Galois/Counter Mode of Operation (McGrew, Viega), submitted to NIST for SP 800-38D, test case 9',
    algorithm: 'A192GCM',
    key: { kty: 'oct', k: '_v_pkoZlcxxtao-UZzCDCP7_6ZKGZXMc' },
    plaintext:
      'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255',
    ciphertext:
      '3980ca0b3c00e841eb06fac4872a2757859e1ceaa6efd984628593b40ca1e19c7d773d00c144c525ac619d18c84a3f4718e2448b2fe324d9ccda2710acade256',
    iv: 'cafebabefacedbaddecaf888',
    tag: '9924a7c8587336bfb118024db8674a14',
    aad: '',
    reproducible: false,
  },
  {
    kind: 'encryption',
    id: 'nist-gcm/case-10',
    source:
      'The Galois/Counter Mode of Operation (McGrew, Viega), submitted to NIST for SP 800-38D, test case 10',
    algorithm: 'A192GCM',
    key: { kty: 'oct', k: '_v_pkoZlcxxtao-UZzCDCP7_6ZKGZXMc' },
    plaintext:
      'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39',
    ciphertext:
      '3980ca0b3c00e841eb06fac4872a2757859e1ceaa6efd984628593b40ca1e19c7d773d00c144c525ac619d18c84a3f4718e2448b2fe324d9ccda2710',
    iv: 'cafebabefacedbaddecaf888',
    tag: '2519498e80f1478f37ba55bd6d27618c',
    aad: 'feedfacedeadbeeffeedfacedeadbeefabaddad2',
    reproducible: false,
  },
  {
    kind: 'encryption',
    id: 'nist-gcm/case-13',
    source:
      'The Galois/Counter Mode of Operation (McGrew, Viega), submitted to NIST for SP 800-38D, test case 13',
    algorithm: 'A256GCM',
    key: { kty: 'oct', k: 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' },
    plaintext: '',
    ciphertext: '',
    iv: '000000000000000000000000',
    tag: '530f8afbc74536b9a963b4f1c4cb738b',
    aad: '',
    reproducible: false,
  },
  {
    kind: 'encryption',
    id: 'nist-gcm/case-14',
    source:
      'The Galois/Counter Mode of Operation (McGrew, Viega), submitted to NIST for SP 800-38D, test case 14',
    algorithm: 'A256GCM',
    key: { kty: 'oct', k: 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' },
    plaintext: '00000000000000000000000000000000',
    ciphertext: 'cea7403d4d606b6e074ec5d3baf39d18',
    iv: '000000000000000000000000',
    tag: 'd0d1c8a799996bf0265b98b5d48ab919',
    aad: '',
    reproducible: false,
  },
  {
    kind: 'encryption',
    id: 'nist-gcm/case-15',
    source:
      'The Galois/Counter Mode of Operation (McGrew, Viega), submitted to NIST for SP 800-38D, test case 15',
    algorithm: 'A256GCM',
    key: { kty: 'oct', k: '_v_pkoZlcxxtao-UZzCDCP7_6ZKGZXMcbWqPlGcwgwg' },
    plaintext:
      'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255',
    ciphertext:
      '522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad',
    iv: 'cafebabefacedbaddecaf888',
    tag: 'b094dac5d93471bdec1a502270e3cc6c',
    aad: '',
    reproducible: false,
  },
  {
    kind: 'encryption',
    id: 'nist-gcm/case-16',
    source:
      'The Galois/Counter Mode of Operation (McGrew, Viega), submitted to NIST for SP 800-38D, test case 16',
    algorithm: 'A256GCM',
    key: { kty: 'oct', k: '_v_pkoZlcxxtao-UZzCDCP7_6ZKGZXMcbWqPlGcwgwg' },
    plaintext:
      'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39',
    ciphertext:
      '522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662',
    iv: 'cafebabefacedbaddecaf888',
    tag: '76fc6ece0f4e1768cddf8853bb2d551b',
    aad: 'feedfacedeadbeeffeedfacedeadbeefabaddad2',
    reproducible: false,
  },
];
