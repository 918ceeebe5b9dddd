import type { KnownAnswer } from '../known-answer.ts';

/** JSON Web Encryption: content encryption keys and contents (RFC 7516). Octets in hexadecimal. */
export const rfc7516: readonly KnownAnswer[] = [
  {
    kind: 'wrap',
    id: 'rfc7516/a1-rsa-oaep',
    source: 'RFC 7516, appendix A.1.3',
    algorithm: 'RSA-OAEP',
    key: {
      kty: 'RSA',
      n: 'oahUIoWw0K0usKNuOR6H4wkf4oBUXHTxRvgb48E-BVvxkeDNjbC4he8rUWcJoZmds2h7M70imEVhRU5djINXtqllXI4DFqcI1DgjT9LewND8MW2Krf3Spsk_ZkoFnilakGygTwpZ3uesH-PFABNIUYpOiN15dsQRkgr0vEhxN92i2asbOenSZeyaxziK72UwxrrKoExv6kc5twXTq4h-QChLOln0_mtUZwfsRaMStPs6mS6XrgxnxbWhojf663tuEQueGC-FCMfra36C9knDFGzKsNa7LZK2djYgyD3JR_MB_4NUJW_TqOQtwHYbxevoJArm-L5StowjzGy-_bq6Gw',
      e: 'AQAB',
      d: 'kLdtIj6GbDks_ApCSTYQtelcNttlKiOyPzMrXHeI-yk1F7-kpDxY4-WY5NWV5KntaEeXS1j82E375xxhWMHXyvjYecPT9fpwR_M9gV8n9Hrh2anTpTD93Dt62ypW3yDsJzBnTnrYu1iwWRgBKrEYY46qAZIrA2xAwnm2X7uGR1hghkqDp0Vqj3kbSCz1XyfCs6_LehBwtxHIyh8Ripy40p24moOAbgxVw3rxT_vlt3UVe4WO3JkJOzlpUf-KTVI2Ptgm-dARxTEtE-id-4OJr0h-K-VFs3VSndVTIznSxfyrj8ILL6MG_Uv8YAu7VILSB3lOW085-4qE3DzgrTjgyQ',
      p: '1r52Xk46c-LsfB5P442p7atdPUrxQSy4mti_tZI3Mgf2EuFVbUoDBvaRQ-SWxkbkmoEzL7JXroSBjSrK3YIQgYdMgyAEPTPjXv_hI2_1eTSPVZfzL0lffNn03IXqWF5MDFuoUYE0hzb2vhrlN_rKrbfDIwUbTrjjgieRbwC6Cl0',
      q: 'wLb35x7hmQWZsWJmB_vle87ihgZ19S8lBEROLIsZG4ayZVe9Hi9gDVCOBmUDdaDYVTSNx_8Fyw1YYa9XGrGnDew00J28cRUoeBB_jKI1oma0Orv1T9aXIWxKwd4gvxFImOWr3QRL9KEBRzk2RatUBnmDZJTIAfwTs0g68UZHvtc',
      dp: 'ZK-YwE7diUh0qR1tR7w8WHtolDx3MZ_OTowiFvgfeQ3SiresXjm9gZ5KLhMXvo-uz-KUJWDxS5pFQ_M0evdo1dKiRTjVw_x4NyqyXPM5nULPkcpU827rnpZzAJKpdhWAgqrXGKAECQH0Xt4taznjnd_zVpAmZZq60WPMBMfKcuE',
      dq: 'Dq0gfgJ1DdFGXiLvQEZnuKEN0UUmsJBxkjydc3j4ZYdBiMRAy86x0vHCjywcMlYYg4yoC4YZa9hNVcsjqA3FeiL19rk8g6Qn29Tt0cj8qqyFpz9vNDBUfCAiJVeESOjJDZPYHdHY8v1b-o-Z2X5tvLx-TCekf7oxyeKDUqKWjis',
      qi: 'VIMpMYbPf47dT1w_zDUXfPimsSegnMOA1zTaX7aGk_8urY6R8-ZW1FxU7AlWAyLWybqq6t16VFd7hQd0y6flUK4SlOydB61gwanOsXGOAOv82cHq0E3eL4HrtZkUuKvnPrMnsUUFlfUdybVzxyjz9JF_XyaY14ardLSjf4L_FNY',
    },
    secret: 'b1a1f480548fe1733fb403ff6b9ad4f68a076e5b702e22692f82cb2e7aea40fc',
    wrapped:
      '38a39ac03a35de0469da88da1d5ecb16965c815ed3e83559293c8a38c4d85262a84c254946072408bf6488c4f4dc919e8a9b04758de6c7f7ad2db6d64ab16bd3990bcdc4abe2a280abb60dedef63c1045bdb79df6ba73d77e4ad9c8986c850db4afd38b95bb1229e599acd6037128a2b60dad7807c4b8af355196d758c1a9bf943a795e764062941d6fbe8574828b6959aa81fc17ed7591c6fdb7db68bebc3c517ea373a3fb444cace954bcdf8b04327b23c62c120ee7a609ede39b76fd237bcd7ceb4a696a66afa37e5482845d6d868172887d41c7f2950afaea873abc559745c67f653d8b6b0542593232ddbac63e2e949257c2a4831f2237fb886757287ce',
    reproducible: false,
  },
  {
    kind: 'encryption',
    id: 'rfc7516/a1-a256gcm',
    source: 'RFC 7516, appendix A.1.6',
    algorithm: 'A256GCM',
    key: { kty: 'oct', k: 'saH0gFSP4XM_tAP_a5rU9ooHbltwLiJpL4LLLnrqQPw' },
    plaintext:
      '5468652074727565207369676e206f6620696e74656c6c6967656e6365206973206e6f74206b6e6f776c656467652062757420696d6167696e6174696f6e2e',
    ciphertext:
      'e5eca6f135bf73c4ae2b496d277ae9608cce783433ed300bbedbba506f68328e2fa73b3db57fc4152852f2207b8fa8e249d8b0908af76a3c10cda06d403fc0',
    iv: 'e3c575fc02dbe944b4e14ddb',
    tag: '5c5068318519a1d7ad65dbd3885bd291',
    aad: '65794a68624763694f694a53553045745430464655434973496d567559794936496b45794e545a48513030696651',
    reproducible: false,
  },
  {
    kind: 'wrap',
    id: 'rfc7516/a2-rsa1.5',
    source: 'RFC 7516, appendix A.2.3',
    algorithm: 'RSA1_5',
    key: {
      kty: 'RSA',
      n: 'sXchDaQebHnPiGvyDOAT4saGEUetSyo9MKLOoWFsueri23bOdgWp4Dy1WlUzewbgBHod5pcM9H95GQRV3JDXboIRROSBigeC5yjU1hGzHHyXss8UDprecbAYxknTcQkhslANGRUZmdTOQ5qTRsLAt6BTYuyvVRdhS8exSZEy_c4gs_7svlJJQ4H9_NxsiIoLwAEk7-Q3UXERGYw_75IDrGA84-lA_-Ct4eTlXHBIY2EaV7t7LjJaynVJCpkv4LKjTTAumiGUIuQhrNhZLuF_RJLqHpM2kgWFLU7-VTdL1VbC2tejvcI2BlMkEpk1BzBZI0KQB0GaDWFLN-aEAw3vRw',
      e: 'AQAB',
      d: 'VFCWOqXr8nvZNyaaJLXdnNPXZKRaWCjkU5Q2egQQpTBMwhprMzWzpR8Sxq1OPThh_J6MUD8Z35wky9b8eEO0pwNS8xlh1lOFRRBoNqDIKVOku0aZb-rynq8cxjDTLZQ6Fz7jSjR1Klop-YKaUHc9GsEofQqYruPhzSA-QgajZGPbE_0ZaVDJHfyd7UUBUKunFMScbflYAAOYJqVIVwaYR5zWEEceUjNnTNo_CVSj-VvXLO5VZfCUAVLgW4dpf1SrtZjSt34YLsRarSb127reG_DUwg9Ch-KyvjT1SkHgUWRVGcyly7uvVGRSDwsXypdrNinPA4jlhoNdizK2zF2CWQ',
      p: '9gY2w6I6S6L0juEKsbeDAwpd9WMfgqFoeA9vEyEUuk4kLwBKcoe1x4HG68ik918hdDSE9vDQSccA3xXHOAFOPJ8R9EeIAbTi1VwBYnbTp87X-xcPWlEPkrdoUKW60tgs1aNd_Nnc9LEVVPMS390zbFxt8TN_biaBgelNgbC95sM',
      q: 'uKlCKvKv_ZJMVcdIs5vVSU_6cPtYI1ljWytExV_skstvRSNi9r66jdd9-yBhVfuG4shsp2j7rGnIio901RBeHo6TPKWVVykPu1iYhQXw1jIABfw-MVsN-3bQ76WLdt2SDxsHs7q7zPyUyHXmps7ycZ5c72wGkUwNOjYelmkiNS0',
      dp: 'w0kZbV63cVRvVX6yk3C8cMxo2qCM4Y8nsq1lmMSYhG4EcL6FWbX5h9yuvngs4iLEFk6eALoUS4vIWEwcL4txw9LsWH_zKI-hwoReoP77cOdSL4AVcraHawlkpyd2TWjE5evgbhWtOxnZee3cXJBkAi64Ik6jZxbvk-RR3pEhnCs',
      dq: 'o_8V14SezckO6CNLKs_btPdFiO9_kC1DsuUTd2LAfIIVeMZ7jn1Gus_Ff7B7IVx3p5KuBGOVF8L-qifLb6nQnLysgHDh132NDioZkhH7mI7hPG-PYE_odApKdnqECHWw0J-F0JWnUd6D2B_1TvF9mXA2Qx-iGYn8OVV1Bsmp6qU',
      qi: 'eNho5yRBEBxhGBtQRww9QirZsB66TrfFReG_CcteI1aCneT0ELGhYlRlCtUkTRclIfuEPmNsNDPbLoLqqCVznFbvdB7x-Tl-m0l_eFTj2KiqwGqE9PZB9nNTwMVvH3VRRSLWACvPnSiwP8N5Usy-WRXS-V7TbpxIhvepTfE0NNo',
    },
    secret: '04d31fc5549dfcfe0b649dfa3faa6ace6b7cd42d6f6b09dbc8b100f08f9c2ccf',
    wrapped:
      '5068483a0b82ec8b84bdffcd3d5697b063282ce9b0bdcd46caa94828e2b59cdf789c73e896d191856870ed9c74fa4166d4d267f0b13d5d2847e7dfe2f09d0f1f9659c8d7c6cb6c467542d4eec1cd17a1a9daf3cb80d67ffdd78b2b118767b3dc1c02d4ce839e80423ef04eba8d7d84e33c892b1f98c7364822d4730b9865462adbe98e4297fa7e928dd8be4932b1920534f71cc5153baaf7b55983f1a9b6f6630f2466a6b6acc588e6783c3adbf3955ede969ac26ee3e1702759e970cfd3f17cae45ddb36bc4e17fa770e20cf210181c78b6f4d5f499c2a245a0f4f83fa58d04cff9c14f8300a9e97fa765977d38706ff81de85a1d936ea99272a5cc478829fc',
    reproducible: false,
  },
  {
    kind: 'encryption',
    id: 'rfc7516/a2-a128cbc',
    source: 'RFC 7516, appendix A.2.6 (the AES half of A128CBC-HS256)',
    algorithm: 'A128CBCPAD',
    key: { kty: 'oct', k: 'a3zULW9rCdvIsQDwj5wszw' },
    plaintext: '4c697665206c6f6e6720616e642070726f737065722e',
    ciphertext: '283953b577218594c6b9f31898e6064b81df7f13d252b7e6a821d7688f703866',
    iv: '03163c0c2b4368696c6c69636f746865',
    reproducible: true,
  },
  {
    kind: 'wrap',
    id: 'rfc7516/a3-a128kw',
    source: 'RFC 7516, appendix A.3.3',
    algorithm: 'A128KW',
    key: { kty: 'oct', k: 'GawgguFyGrWKav7AX4VKUg' },
    secret: '04d31fc5549dfcfe0b649dfa3faa6ace6b7cd42d6f6b09dbc8b100f08f9c2ccf',
    wrapped: 'e8a07bd3b74cf584c8807b4bbed81643c98ac1ba095b7a1ff65a1c8b39034c7cc10b6225ad3d6839',
    reproducible: true,
  },
];
